//! A step costs the same in a large program as in a small one: `n` steps against `8n`, in one process, with a factor 2 of slack.

use benches::{STAGES, Shape, growth, measure, together};

/// Steps of the smaller program.
fn small(shape: Shape) -> usize {
    match shape {
        Shape::Ifs | Shape::EarlyReturns | Shape::UriSteps => 128,
        Shape::TableRows => 2_000,
    }
}

/// How many times as large the larger program is.
const LARGER: u32 = 8;

/// Each stage in the best of a few rounds: other tests run on the machine at the same time.
fn assert_linear(shape: Shape) -> anyhow::Result<()> {
    let few = small(shape);
    let many = few * LARGER as usize;
    let start = measure(shape, 1, 3)?;
    let mut best = [f64::INFINITY; STAGES.len()];
    for _ in 0..8 {
        let (small, large) = (together(shape, few, LARGER)?, together(shape, many, 1)?);
        for (((best, start), small), large) in best.iter_mut().zip(start).zip(small).zip(large) {
            *best = best.min(growth(start.least, (few, small / LARGER), (many, large)));
        }
        if best.iter().all(|it| *it <= 2.0) {
            return Ok(());
        }
    }
    let shown: Vec<String> = STAGES.iter().zip(best).map(|(stage, it)| format!("{stage} x{it:.2}")).collect();
    anyhow::bail!("{}: a step of {many} costs more than twice one of {few}: {}", shape.text(), shown.join(", "))
}

#[test]
fn ifs_over_distinct_slots_are_linear() -> anyhow::Result<()> {
    assert_linear(Shape::Ifs)
}

#[test]
fn early_returns_are_linear() -> anyhow::Result<()> {
    assert_linear(Shape::EarlyReturns)
}

#[test]
fn steps_that_build_on_each_other_are_linear() -> anyhow::Result<()> {
    assert_linear(Shape::UriSteps)
}

#[test]
fn rows_of_a_table_are_linear() -> anyhow::Result<()> {
    assert_linear(Shape::TableRows)
}
