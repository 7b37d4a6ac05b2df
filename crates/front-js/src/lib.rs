//! JavaScript and TypeScript: swc to the script core.
