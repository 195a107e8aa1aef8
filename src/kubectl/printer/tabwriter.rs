//! Elastic tab stops, as Go's `text/tabwriter` does them: cells end with a tab, and a column reaches over neighbouring
//! lines only.

/// A layout.
#[derive(Clone, Copy, Debug)]
pub struct TabWriter {
    /// The least width of a column, padding included.
    pub min_width: usize,
    /// Spaces after the longest cell of a column.
    pub padding: usize,
}

/// The layout of `kubectl get`. Models `cli-runtime/pkg/printers/tabwriter.go`.
pub const TABLE: TabWriter = TabWriter { min_width: 6, padding: 3 };

/// The layout of `kubectl describe`. Models `tabbedString` in `kubectl/pkg/describe/describe.go`.
pub const DESCRIBE: TabWriter = TabWriter { min_width: 0, padding: 2 };

impl TabWriter {
    /// Lays out `text`, in which tabs end cells.
    pub fn format(&self, text: &str) -> String {
        let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
        let mut layout = Layout { writer: *self, lines: &lines, widths: Vec::new(), out: Vec::new() };
        layout.block(0, lines.len());
        layout.out.join("\n")
    }
}

struct Layout<'a> {
    writer: TabWriter,
    lines: &'a [Vec<&'a str>],
    /// Widths of the columns that are open at this place, leftmost first.
    widths: Vec<usize>,
    out: Vec<String>,
}

impl Layout<'_> {
    /// Lays out the lines `from..to`, whose first `self.widths.len()` columns are known.
    fn block(&mut self, from: usize, to: usize) {
        let column = self.widths.len();
        let has_column = |line: usize| self.lines.get(line).is_some_and(|cells| column + 1 < cells.len());
        let ends: Vec<bool> = (from..to).map(has_column).collect();
        let mut written = from;
        let mut line = from;
        while line < to {
            if !ends.get(line - from).copied().unwrap_or(false) {
                line += 1;
                continue;
            }
            self.write(written, line);
            let end = (line..to).find(|l| !ends.get(l - from).copied().unwrap_or(false)).unwrap_or(to);
            let cells = self.lines.get(line..end).unwrap_or_default().iter().filter_map(|cells| cells.get(column));
            let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            self.widths.push(self.writer.min_width.max(longest + self.writer.padding));
            self.block(line, end);
            self.widths.pop();
            written = end;
            line = end;
        }
        self.write(written, to);
    }

    fn write(&mut self, from: usize, to: usize) {
        for cells in self.lines.get(from..to).unwrap_or_default() {
            let mut text = String::new();
            for (i, cell) in cells.iter().enumerate() {
                text.push_str(cell);
                if let Some(width) = self.widths.get(i) {
                    text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
                }
            }
            self.out.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_reach_over_neighbouring_lines() {
        let text = "NAME\tREADY\tAGE\na\t1/1\t5s\nlonger-name\t0/1\t10m\n";
        assert_eq!(
            TABLE.format(text),
            "NAME          READY   AGE\na             1/1     5s\nlonger-name   0/1     10m\n"
        );
        let text = "Name:\tweb\nPort:\t\nlone line\n  A:\tx\ty\n  LongerName:\tz\n";
        assert_eq!(DESCRIBE.format(text), "Name:  web\nPort:  \nlone line\n  A:           x  y\n  LongerName:  z\n");
        assert_eq!(TABLE.format("a\tb\n"), "a     b\n");
        assert_eq!(DESCRIBE.format("a\t\tb\nccc\td\te\n"), "a       b\nccc  d  e\n");
    }
}
