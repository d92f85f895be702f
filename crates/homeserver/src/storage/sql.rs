//! Lists in statements: one text, whatever their length, for either engine.
//!
//! * `user_id {in 2}` and `user_id {not in 2}`: whether it is one of the second value, which is a list.
//! * `WITH wanted (room_id, before) AS ({rows 1 2})`: a row for each entry of two lists of one length.
//!
//! PostgreSQL takes a list as an array, SQLite as JSON, so that either prepares such a statement once. (Entries
//! written out as parameters cost SQLite the square of their number: it looks for each by name among all.)

use std::{borrow::Cow, fmt::Write as _};

use serde::Serialize;

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
    if !values.iter().any(Value::is_list) {
        // Statements made at run time are not kept prepared: their texts would never end.
        return Rendered { sql, values, persistent: is_fixed };
    }
    let mut text = String::with_capacity(sql.len() * 2);
    let mut rest = &*sql;
    let mut lists = Lists { values, more: Vec::new(), dialect };
    while let Some((before, token, after)) = next_token(rest) {
        text.push_str(before);
        lists.write(token, &mut text);
        rest = after;
    }
    text.push_str(rest);
    // What is left to differ are a few conditions.
    Rendered { sql: Cow::Owned(text), values: lists.into_values(), persistent: true }
}

/// What is before a token, the token without its braces, and what is behind it.
fn next_token(sql: &str) -> Option<(&str, &str, &str)> {
    let start = sql.find('{')?;
    let end = start + sql.get(start..)?.find('}')?;
    Some((sql.get(..start)?, sql.get(start + 1..end)?, sql.get(end + 1..)?))
}

struct Lists {
    values: Vec<Value>,
    /// Values behind those the statement was given.
    more: Vec<Value>,
    dialect: Dialect,
}

/// A field of a row.
#[derive(Serialize)]
#[serde(untagged)]
enum Field<'a> {
    Text(&'a str),
    Integer(i64),
}

impl Lists {
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
            (Dialect::Sqlite, "in", [number]) => write!(text, "IN (SELECT value FROM json_each(${number}))"),
            (Dialect::Sqlite, "not in", [number]) => write!(text, "NOT IN (SELECT value FROM json_each(${number}))"),
            (Dialect::Sqlite, _, numbers) => {
                let fields: Vec<String> = (0..numbers.len()).map(|field| format!("value->>{field}")).collect();
                let rows = self.rows(numbers);
                self.more.push(rows);
                let number = self.values.len() + self.more.len();
                // The condition keeps an `ON CONFLICT` behind it from being one of a join.
                write!(text, "SELECT {} FROM json_each(${number}) WHERE 1", fields.join(", "))
            }
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

    /// Lists of one length as the rows of which they are the columns.
    fn rows(&self, numbers: &[usize]) -> Value {
        let columns: Vec<Vec<Field<'_>>> = numbers.iter().map(|number| self.fields(*number)).collect();
        let length = columns.iter().map(Vec::len).min().unwrap_or_default();
        let rows: Vec<Vec<&Field<'_>>> =
            (0..length).map(|row| columns.iter().map(|column| &column[row]).collect()).collect();
        json(&rows)
    }

    fn fields(&self, number: usize) -> Vec<Field<'_>> {
        match self.values.get(number - 1) {
            Some(Value::Texts(texts)) => texts.iter().map(|text| Field::Text(text)).collect(),
            Some(Value::Integers(numbers)) => numbers.iter().map(|number| Field::Integer(*number)).collect(),
            _ => Vec::new(),
        }
    }

    fn into_values(self) -> Vec<Value> {
        let Self { values, more, dialect } = self;
        let values = values.into_iter().map(|value| match (dialect, &value) {
            (Dialect::Sqlite, Value::Texts(texts)) => json(texts),
            (Dialect::Sqlite, Value::Integers(numbers)) => json(numbers),
            _ => value,
        });
        values.chain(more).collect()
    }
}

/// Texts and numbers have a form in JSON, always.
fn json(list: &impl Serialize) -> Value {
    Value::Text(serde_json::to_string(list).ok())
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
    fn sqlite_takes_lists_as_json() {
        let rendered = render(SQL.into(), values(), Dialect::Sqlite);

        insta::assert_snapshot!(
            rendered.sql,
            @"WITH w (a, b) AS (SELECT value->>0, value->>1 FROM json_each($5) WHERE 1) SELECT 1 FROM w WHERE a IN (SELECT value FROM json_each($3)) AND b NOT IN (SELECT value FROM json_each($2)) AND c = $4"
        );
        assert!(rendered.persistent && rendered.values.len() == 5);
        assert!(matches!(&rendered.values[4], Value::Text(Some(rows)) if rows == r#"[["x",1],["y",2]]"#));
    }
}
