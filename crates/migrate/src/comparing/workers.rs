//! The emitted Workers, bundled in one run and served by one workerd process for any number of outcomes.

use std::collections::BTreeMap;

use pipeline::Outcome;
use verify::engine::EngineError;
use verify::workerd::{WorkerBundle, WorkerdEdge, bundle, start_all};

/// The Worker of a zone.
pub enum Worker {
    /// It runs.
    Running {
        /// Where it is asked.
        edge: Box<WorkerdEdge>,
        /// Its routes in production.
        routes: Vec<String>,
    },
    /// It does not; the words say why.
    Missing(String),
}

/// The Workers of some outcomes, by the number of the outcome and the zone.
#[derive(Default)]
pub struct Workers {
    all: BTreeMap<(usize, String), Worker>,
    /// What is not installed here, if anything.
    pub missing: Option<String>,
}

impl Workers {
    /// Bundles and starts every Worker that was written. What does not start is kept with its reason.
    #[must_use]
    pub fn start(outcomes: &[&Outcome]) -> Workers {
        let mut keys: Vec<(usize, String)> = Vec::new();
        let mut projects: Vec<BTreeMap<String, String>> = Vec::new();
        for (at, outcome) in outcomes.iter().enumerate() {
            for part in &outcome.placement.workers {
                let prefix = format!("zones/{}/worker/", part.zone);
                let files = outcome.files.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
                let project: BTreeMap<String, String> = files
                    .map(|(path, text)| (path.get(prefix.len()..).unwrap_or_default().to_owned(), text.clone()))
                    .collect();
                keys.push((at, part.zone.clone()));
                projects.push(project);
            }
        }
        let mut out = Workers::default();
        if keys.is_empty() {
            return out;
        }
        let bundled = match bundle(&projects.iter().collect::<Vec<_>>()) {
            Ok(bundled) => bundled,
            Err(error) => return out.without(keys, &error),
        };
        let mut started = Vec::new();
        for (key, bundled) in keys.into_iter().zip(bundled) {
            match bundled {
                Ok(bundle) => started.push((key, bundle)),
                Err(error) => {
                    out.all.insert(key, Worker::Missing(error.to_string()));
                }
            }
        }
        let bundles: Vec<WorkerBundle> = started.iter().map(|(_, bundle)| bundle.clone()).collect();
        for ((key, bundle), edge) in started.into_iter().zip(start_all(&bundles)) {
            let worker = match edge {
                Ok(edge) => Worker::Running { edge: Box::new(edge), routes: bundle.routes },
                Err(error) => {
                    if let EngineError::Missing(words) = &error {
                        out.missing = Some(words.clone());
                    }
                    Worker::Missing(error.to_string())
                }
            };
            out.all.insert(key, worker);
        }
        out
    }

    fn without(mut self, keys: Vec<(usize, String)>, error: &EngineError) -> Workers {
        if let EngineError::Missing(words) = error {
            self.missing = Some(words.clone());
        }
        self.all.extend(keys.into_iter().map(|it| (it, Worker::Missing(error.to_string()))));
        self
    }

    /// The Worker of a zone of an outcome; none where the zone has no code.
    pub fn take(&mut self, outcome: usize, zone: &str) -> Option<Worker> {
        self.all.remove(&(outcome, zone.to_owned()))
    }
}
