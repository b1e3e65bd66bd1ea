//! Personalization codes: drawn, sealed, tried, locked (`docs/registration.md`).
