//! Sources of frames, and what was lost on the way.
