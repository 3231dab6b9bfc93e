//! Reads what partners already have into checked source lines.
