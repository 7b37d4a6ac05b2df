//! The edge-behavior IR: what a configuration does to one HTTP exchange, in no vendor's words.
//!
//! Two behaviors that act alike compare equal. That is why provenance hangs on arms and exits and not on nodes: passes merge and
//! reorder behaviors without minding where they came from.

mod compact;
mod field;
mod function;
mod ledger;
mod program;
mod slot;
mod store;
mod text;
mod verify;

pub use compact::{Moved, compact};
pub use field::{Field, FieldKind};
pub use function::{Fn, FnRow};
pub use ledger::{Construct, ConstructId, Direct, Gathered, Instance, InstanceId, Ledger, Place, Why, WhySet};
pub use program::{Arm, Exit, ExitKind, Hook, HookPoint, Program};
pub use slot::Slot;
pub use store::{Draw, ExprId, Node, Region, RegionId, Store, StrId, Table, TableId, Ty};
pub use text::{TextError, parse, print};
pub use verify::{Fault, verify};
