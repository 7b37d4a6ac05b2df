//! A value that a table decides, row by row: rows that lead to the same value share a rule, so the number of values counts and not the
//! number of rows.

use edge::{ExprId, Fn, Node, Store, TableId};

use crate::express::{Express, Refusal, Stop};

/// Most rows that are looked at one by one.
const ROWS: usize = 256;

/// Most nodes of a value in which a look-up is searched.
const STEPS: usize = 4096;

/// What `compute` gives under the guard, as [`Express::alternatives`] does; where that is refused and one table decides the value, by
/// the rows of the table.
pub(crate) fn alternatives<T: Clone + PartialEq>(
    express: &mut Express<'_>,
    guard: ExprId,
    value: ExprId,
    mut compute: impl FnMut(&mut Express<'_>) -> Result<T, Stop>,
) -> Result<Vec<(target::lang::Expr, T)>, Refusal> {
    let (notes, minimum) = (express.notes.clone(), express.minimum);
    let refusal = match express.alternatives(guard, &mut compute) {
        Ok(found) => return Ok(found),
        Err(it) => it,
    };
    let Some((table, key)) = table_in(express.store, value) else { return Err(refusal) };
    if express.store.rows(table).rows.len() > ROWS {
        return Err(refusal);
    }
    let keys: Vec<_> = express.store.rows(table).rows.keys().cloned().collect();
    (express.notes, express.minimum) = (notes, minimum);
    let (mut groups, mut none): (Vec<(T, ExprId)>, ExprId) = (Vec::new(), guard);
    for key_text in keys {
        let text = express.store.string(&key_text);
        let row = express.store.call(Fn::StrEq, &[key, text]);
        let other = express.store.not(row);
        none = express.store.and(none, other);
        let here = express.store.and(guard, row);
        let Ok(mut found) = express.alternatives(here, &mut compute) else { return Err(refusal) };
        let Some((_, value)) = found.pop() else { continue };
        if !found.is_empty() {
            return Err(refusal);
        }
        match groups.iter_mut().find(|it| it.0 == value) {
            Some((_, rows)) => *rows = express.store.or(*rows, row),
            None => groups.push((value, row)),
        }
    }
    if groups.len() as u64 > express.limits.rules(express.phase) {
        return Err(refusal);
    }
    // Where no row is found, the value is what it is without one.
    let mut all = express.alternatives(none, &mut compute).map_err(|_| refusal.clone())?;
    for (value, rows) in groups {
        let here = express.store.and(guard, rows);
        let found = express.alternatives(here, |_| Ok(()))?;
        all.extend(found.into_iter().map(|(filter, ())| (filter, value.clone())));
    }
    Ok(all)
}

/// The one look-up inside of a value.
fn table_in(store: &Store, root: ExprId) -> Option<(TableId, ExprId)> {
    let (mut pending, mut found, mut steps) = (vec![root], None, 0usize);
    while let Some(id) = pending.pop() {
        steps += 1;
        if steps > STEPS {
            return None;
        }
        if let Node::Lookup(table, key) = store.node(id) {
            if found.is_some_and(|it| it != (*table, *key)) {
                return None;
            }
            found = Some((*table, *key));
        } else {
            pending.extend(store.children(id));
        }
    }
    found
}
