//! What was measured, as a table that can be read and kept.

use std::{fmt, time::Duration};

/// A row: what was measured, in which unit, and a cell per server.
struct Row {
    name: String,
    cells: Vec<(String, String)>,
}

/// All figures of a run, in the order they came.
#[derive(Default)]
pub(crate) struct Figures {
    notes: Vec<String>,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// The middle of some measurements, and how far they lie apart.
#[derive(Clone, Copy)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) p99: f64,
    least: f64,
    most: f64,
}

impl Summary {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        Self { median: at(0.5), p99: at(0.99), least: at(0.0), most: at(1.0) }
    }
}

impl Figures {
    /// Something to know about the run.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// One figure that has no spread.
    pub(crate) fn single(&mut self, column: &str, name: &str, value: f64) {
        self.cell(column, name, short(value));
    }

    /// The median with the range.
    pub(crate) fn ranged(&mut self, column: &str, name: &str, values: Vec<f64>) {
        let summary = Summary::of(values);
        let cell = format!("{} ({} – {})", short(summary.median), short(summary.least), short(summary.most));
        self.cell(column, name, cell);
    }

    /// The median and the ninety-ninth of a hundred.
    pub(crate) fn tailed(&mut self, column: &str, name: &str, values: Vec<f64>) {
        let summary = Summary::of(values);
        self.cell(column, name, format!("{}, p99 {}", short(summary.median), short(summary.p99)));
    }

    fn cell(&mut self, column: &str, name: &str, cell: String) {
        eprintln!("  {name}: {cell}");
        if !self.columns.iter().any(|known| known == column) {
            self.columns.push(column.to_owned());
        }
        let position = self.rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            self.rows.push(Row { name: name.to_owned(), cells: Vec::new() });
            self.rows.len() - 1
        });
        self.rows[position].cells.push((column.to_owned(), cell));
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "## Homeservers side by side\n")?;
        for note in &self.notes {
            writeln!(formatter, "- {note}")?;
        }
        writeln!(formatter, "\n| measure | {} |", self.columns.join(" | "))?;
        writeln!(formatter, "|---|{}", "---:|".repeat(self.columns.len()))?;
        for row in &self.rows {
            let cell = |column: &String| {
                let found = row.cells.iter().find(|(of, _)| of == column);
                found.map_or("", |(_, cell)| cell.as_str())
            };
            let cells: Vec<_> = self.columns.iter().map(cell).collect();
            writeln!(formatter, "| {} | {} |", row.name, cells.join(" | "))?;
        }
        Ok(())
    }
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Three digits are what such measurements are good for.
fn short(value: f64) -> String {
    match value.abs() {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, Summary};

    #[test]
    fn a_summary_knows_the_middle_and_the_tail() {
        let summary = Summary::of((1..=101).rev().map(f64::from).collect());

        assert_eq!((summary.median, summary.p99), (51.0, 100.0));
    }

    #[test]
    fn rows_of_servers_stand_side_by_side() {
        let mut figures = Figures::default();
        figures.single("one", "memory, MiB", 12.0);
        figures.single("two", "memory, MiB", 120.0);

        assert!(figures.to_string().contains("| memory, MiB | 12.0 | 120 |"));
    }
}
