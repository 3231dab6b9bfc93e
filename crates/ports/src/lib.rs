//! The traits that the engine calls, and the reply vocabulary.
