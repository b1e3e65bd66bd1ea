//! From a kernel and a program to an image, the same bytes every time.
#![forbid(unsafe_code)]
