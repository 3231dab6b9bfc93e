//! Microsoft's side: a pure ledger on virtual time, and a thin HTTP server over it.
