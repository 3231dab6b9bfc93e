//! HTTP adapter for Partner Center and Microsoft Graph.
