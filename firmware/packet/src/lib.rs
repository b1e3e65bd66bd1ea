//! Frames to packet views: link layers, decapsulation, IP, TCP and UDP.
