//! Frames to events (Worker), events to reports (Tracker).
