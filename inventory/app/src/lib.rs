//! Conversation to application, family and confidence.
