//! Intervals to the one Asset document.
