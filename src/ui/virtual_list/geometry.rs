//! Where the rows of a long list stand, without rendering them.

/// Rows under a heading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// The height of its heading; 0: none.
    pub heading: f64,
    pub rows: u32,
}

/// Blocks of rows of one height, in CSS pixels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Geometry {
    pub blocks: Vec<Block>,
    pub row: f64,
}

impl Geometry {
    /// How many rows there are.
    pub fn rows(&self) -> u32 {
        self.blocks.iter().map(|block| block.rows).sum()
    }

    /// The height of everything.
    pub fn height(&self) -> f64 {
        self.blocks.iter().map(|block| self.block_height(*block)).sum()
    }

    /// The height of one block.
    pub fn block_height(&self, block: Block) -> f64 {
        if block.rows == 0 { 0.0 } else { block.heading + f64::from(block.rows) * self.row }
    }

    /// The index of a block's first row.
    pub fn first_row(&self, block: usize) -> u32 {
        self.blocks.iter().take(block).map(|block| block.rows).sum()
    }

    /// Where a row begins.
    pub fn row_top(&self, index: u32) -> f64 {
        let (mut top, mut first) = (0.0, 0);
        for block in &self.blocks {
            if index < first + block.rows {
                return top + block.heading + f64::from(index - first) * self.row;
            }
            top += self.block_height(*block);
            first += block.rows;
        }
        top
    }

    /// The rows that touch what is seen from `top` to `bottom`: the first, and the one after the last.
    pub fn rows_between(&self, top: f64, bottom: f64) -> (u32, u32) {
        let (mut y, mut first) = (0.0, 0);
        let (mut start, mut end) = (None, 0);
        for block in &self.blocks {
            let rows_top = y + block.heading;
            // A height is never negative and never as large as u32::MAX rows.
            let at = |place: f64| ((place - rows_top) / self.row).clamp(0.0, f64::from(block.rows));
            let (from, to) = (at(top).floor() as u32, at(bottom).ceil() as u32);
            if from < to {
                start.get_or_insert(first + from);
                end = first + to;
            }
            y += self.block_height(*block);
            first += block.rows;
        }
        (start.unwrap_or(end), end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry() -> Geometry {
        let block = |rows| Block { heading: 30.0, rows };
        Geometry { blocks: vec![block(2), block(0), block(100)], row: 50.0 }
    }

    #[test]
    fn an_empty_block_takes_no_room() {
        assert_eq!(geometry().height(), 30.0 + 100.0 + 30.0 + 5000.0);
        assert_eq!(geometry().rows(), 102);
    }

    #[test]
    fn a_row_stands_below_the_headings_before_it() {
        assert_eq!(geometry().row_top(0), 30.0);
        assert_eq!(geometry().row_top(2), 160.0);
        assert_eq!(geometry().row_top(101), 160.0 + 99.0 * 50.0);
    }

    #[test]
    fn the_rows_in_view_are_those_that_touch_it() {
        assert_eq!(geometry().rows_between(0.0, 200.0), (0, 3));
        assert_eq!(geometry().rows_between(130.0, 160.0), (0, 0));
        assert_eq!(geometry().rows_between(1000.0, 1100.0), (18, 21));
        assert_eq!(geometry().rows_between(5100.0, 9000.0), (100, 102));
    }
}
