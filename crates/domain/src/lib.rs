//! The migration rules and the state of a migration, pure.
