//! Sizes of files in words.

use super::t;

/// A size in bytes, in the largest unit it has at least one of.
pub(crate) fn file_size(bytes: u64) -> String {
    match bytes {
        0..1_000 => t::size_bytes(bytes),
        1_000..1_000_000 => t::size_kilobytes(bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => t::size_megabytes(tenths(bytes, 1_000_000)),
        _ => t::size_gigabytes(tenths(bytes, 1_000_000_000)),
    }
}

/// With one decimal.
fn tenths(bytes: u64, unit: u64) -> super::Value<'static> {
    super::Value::Number((bytes as f64 / unit as f64 * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::file_size;

    #[test]
    fn sizes_have_the_unit_that_suits_them() {
        assert_eq!(file_size(999), "999 B");
        assert_eq!(file_size(12_345), "13 kB");
        assert_eq!(file_size(1_250_000), "1.3 MB");
        assert_eq!(file_size(4_000_000_000), "4 GB");
    }
}
