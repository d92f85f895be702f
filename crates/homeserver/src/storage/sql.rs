//! Lists in statements: one text, whatever their length, for either engine.
//!
//! * `user_id {in 2}` and `user_id {not in 2}`: whether it is one of the second value, which is a list.
//! * `WITH wanted (room_id, before) AS ({rows 1 2})`: a row for each entry of two lists of one length.
//!
//! PostgreSQL takes a list as an array, so such a statement is prepared once. SQLite has no arrays: there the
//! entries are written out, as parameters behind the others.

use std::{borrow::Cow, fmt::Write as _};

use super::{Value, engine::Dialect};

/// A statement as the engine understands it.
pub(super) struct Rendered {
    pub(super) sql: Cow<'static, str>,
    pub(super) values: Vec<Value>,
    /// There are few texts like it, so that it is worth keeping prepared.
    pub(super) persistent: bool,
}

/// Writes the lists as the engine has them.
pub(super) fn render(sql: Cow<'static, str>, values: Vec<Value>, dialect: Dialect) -> Rendered {
    let is_fixed = matches!(sql, Cow::Borrowed(_));
    if values.iter().all(|value| value.length().is_none()) {
        // Statements made at run time are not kept prepared: their texts would never end.
        return Rendered { sql, values, persistent: is_fixed };
    }
    let mut text = String::with_capacity(sql.len() * 2);
    let mut rest = &*sql;
    let single = values.iter().all(|value| value.length().is_none_or(|length| length == 1));
    let mut entries = Entries { values, dialect };
    while let Some((before, token, after)) = next_token(rest) {
        text.push_str(before);
        entries.write(token, &mut text);
        rest = after;
    }
    text.push_str(rest);
    let persistent = match dialect {
        // What is left to differ are a few conditions.
        Dialect::Postgres => true,
        Dialect::Sqlite => is_fixed && single,
    };
    Rendered { sql: Cow::Owned(text), values: entries.values, persistent }
}

/// What is before a token, the token without its braces, and what is behind it.
fn next_token(sql: &str) -> Option<(&str, &str, &str)> {
    let start = sql.find('{')?;
    let end = start + sql.get(start..)?.find('}')?;
    Some((sql.get(..start)?, sql.get(start + 1..end)?, sql.get(end + 1..)?))
}

struct Entries {
    values: Vec<Value>,
    dialect: Dialect,
}

impl Entries {
    fn write(&mut self, token: &str, text: &mut String) {
        let (name, numbers) = token.split_at(token.find(|c: char| c.is_ascii_digit()).unwrap_or(token.len()));
        let numbers: Vec<usize> = numbers.split(' ').filter_map(|number| number.parse().ok()).collect();
        // Writing to a string cannot fail.
        let _: std::fmt::Result = match (self.dialect, name.trim_end(), numbers.as_slice()) {
            (Dialect::Postgres, "in", [number]) => write!(text, "= ANY(${number})"),
            (Dialect::Postgres, "not in", [number]) => write!(text, "<> ALL(${number})"),
            (Dialect::Postgres, _, numbers) => {
                let columns: Vec<String> = numbers.iter().map(|number| self.column(*number)).collect();
                write!(text, "SELECT * FROM unnest({})", columns.join(", "))
            }
            (Dialect::Sqlite, "in", [number]) => write!(text, "IN ({})", self.parameters(*number).join(", ")),
            (Dialect::Sqlite, "not in", [number]) => write!(text, "NOT IN ({})", self.parameters(*number).join(", ")),
            (Dialect::Sqlite, _, numbers) => self.write_rows(numbers, text),
        };
    }

    /// A column as PostgreSQL is told of it.
    fn column(&self, number: usize) -> String {
        let kind = match self.values.get(number - 1) {
            Some(Value::Integers(_)) => "bigint",
            _ => "text",
        };
        format!("${number}::{kind}[]")
    }

    /// The parameters of a list's entries, which are put behind the others.
    fn parameters(&mut self, number: usize) -> Vec<String> {
        let entries = self.values.get(number - 1).and_then(Value::entries).unwrap_or_default();
        entries
            .into_iter()
            .map(|entry| {
                self.values.push(entry);
                format!("${}", self.values.len())
            })
            .collect()
    }

    fn write_rows(&mut self, numbers: &[usize], text: &mut String) -> std::fmt::Result {
        let columns: Vec<Vec<String>> = numbers.iter().map(|number| self.parameters(*number)).collect();
        let rows = columns.iter().map(Vec::len).min().unwrap_or_default();
        if rows == 0 {
            return write!(text, "SELECT {} WHERE 1 = 0", vec!["NULL"; numbers.len()].join(", "));
        }
        for row in 0..rows {
            text.push_str(if row == 0 { "VALUES (" } else { ", (" });
            for (number, column) in columns.iter().enumerate() {
                if number > 0 {
                    text.push_str(", ");
                }
                text.push_str(&column[row]);
            }
            text.push(')');
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, render};
    use crate::storage::{Value, args};

    const SQL: &str = "WITH w (a, b) AS ({rows 1 2}) SELECT 1 FROM w WHERE a {in 3} AND b {not in 2} AND c = $4";

    fn values() -> Vec<Value> {
        let (names, numbers) = (vec!["x".to_owned(), "y".to_owned()], vec![1_i64, 2]);
        args![names.clone(), numbers, names, 7]
    }

    #[test]
    fn postgres_takes_lists_as_arrays() {
        let rendered = render(SQL.into(), values(), Dialect::Postgres);

        insta::assert_snapshot!(
            rendered.sql,
            @"WITH w (a, b) AS (SELECT * FROM unnest($1::text[], $2::bigint[])) SELECT 1 FROM w WHERE a = ANY($3) AND b <> ALL($2) AND c = $4"
        );
        assert!(rendered.persistent && rendered.values.len() == 4);
    }

    #[test]
    fn for_sqlite_lists_are_written_out_behind_the_other_parameters() {
        let rendered = render(SQL.into(), values(), Dialect::Sqlite);

        insta::assert_snapshot!(
            rendered.sql,
            @"WITH w (a, b) AS (VALUES ($5, $7), ($6, $8)) SELECT 1 FROM w WHERE a IN ($9, $10) AND b NOT IN ($11, $12) AND c = $4"
        );
        assert!(!rendered.persistent && rendered.values.len() == 12);
    }

    #[test]
    fn a_list_may_be_empty() {
        let none = || args![Vec::<String>::new(), Vec::<i64>::new(), Vec::<String>::new(), 7];
        let rendered = render(SQL.into(), none(), Dialect::Sqlite);

        insta::assert_snapshot!(
            rendered.sql,
            @"WITH w (a, b) AS (SELECT NULL, NULL WHERE 1 = 0) SELECT 1 FROM w WHERE a IN () AND b NOT IN () AND c = $4"
        );
    }
}
