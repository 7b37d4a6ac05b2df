//! Prints what a step costs in programs of growing size, stage by stage: `growth [runs] [largest size] [shape]`.

use std::io::Write;

use benches::{STAGES, Shape, growth, measure};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let runs = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(5);
    let most = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(usize::MAX);
    let only = arguments.next();
    let mut out = std::io::stdout().lock();
    for shape in Shape::ALL.into_iter().filter(|it| only.as_ref().is_none_or(|name| it.text().starts_with(name))) {
        let start = measure(shape, 1, runs)?;
        writeln!(
            out,
            "\n{}: median of {runs} runs in ms; cost of a step against the row above, of the fastest runs",
            shape.text()
        )?;
        writeln!(out, "{:>8} {}", "steps", STAGES.map(|it| format!("{it:>22}")).concat())?;
        let mut before: Option<(usize, benches::Costs)> = None;
        for steps in shape.sizes().iter().copied().filter(|it| *it <= most) {
            let costs = measure(shape, steps, runs)?;
            write!(out, "{steps:>8} ")?;
            for (at, cost) in costs.iter().enumerate() {
                let against = match before.and_then(|(fewer, all)| Some((fewer, *all.get(at)?, *start.get(at)?))) {
                    Some((fewer, small, start)) => {
                        format!("x{:.2}", growth(start.least, (fewer, small.least), (steps, cost.least)))
                    }
                    None => String::new(),
                };
                write!(out, "{:>14.2} {against:>7}", cost.median.as_secs_f64() * 1e3)?;
            }
            writeln!(out)?;
            before = Some((steps, costs));
        }
    }
    Ok(())
}
