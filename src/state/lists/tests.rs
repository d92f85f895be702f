use leptos::prelude::*;
use trellis_model::protocol::Window;

use super::Rows;

type Row = (u8, &'static str);

fn window(order: Option<&[u8]>, rows: &[Row]) -> Window<u8, Row> {
    Window { total: 3, start: 0, order: order.map(<[u8]>::to_vec), rows: rows.to_vec() }
}

fn list(windows: impl IntoIterator<Item = Window<u8, Row>>) -> Rows<u8, Row> {
    let rows = Rows::default();
    windows.into_iter().for_each(|window| rows.apply(window, |row: &Row| row.0));
    rows
}

#[test]
fn a_row_keeps_its_handle_when_it_changes() {
    let _owner = Owner::new();
    let rows = list([window(Some(&[1, 2]), &[(1, "a"), (2, "b")])]);
    let handle = rows.row(&2).unwrap();

    rows.apply(window(None, &[(2, "c")]), |row| row.0);

    assert_eq!(handle.get_untracked(), (2, "c"));
    assert_eq!(rows.order_signal().get_untracked(), [1, 2]);
}

#[test]
fn rows_that_left_the_window_are_forgotten() {
    let _owner = Owner::new();

    let rows = list([window(Some(&[1, 2]), &[(1, "a"), (2, "b")]), window(Some(&[2, 3]), &[(3, "c")])]);

    assert!(rows.row(&1).is_none());
    assert_eq!(rows.row(&2).unwrap().get_untracked(), (2, "b"));
}

#[test]
fn applying_a_window_twice_is_as_applying_it_once() {
    let _owner = Owner::new();
    let once = window(Some(&[1]), &[(1, "a")]);

    let rows = list([once.clone(), once]);

    assert_eq!(rows.order_signal().get_untracked(), [1]);
}
