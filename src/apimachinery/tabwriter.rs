//! Aligning columns as Go's `text/tabwriter` does, which is how every table and description of kubectl is laid out.

/// Collects text with tab-terminated cells; a column is as wide as its widest cell in consecutive lines.
#[derive(Clone, Debug)]
pub struct TabWriter {
    min_width: usize,
    padding: usize,
    /// Widths that later blocks keep, where they are to be remembered.
    remembered: Option<Vec<usize>>,
    lines: Vec<Vec<String>>,
    widths: Vec<usize>,
    out: String,
}

impl TabWriter {
    /// A writer with the least width of a cell and the spaces after it.
    pub fn new(min_width: usize, padding: usize) -> Self {
        TabWriter {
            min_width,
            padding,
            remembered: None,
            lines: vec![vec![String::new()]],
            widths: Vec::new(),
            out: String::new(),
        }
    }
    /// As kubectl lays out tables (`printers.GetNewTabWriter`): widths are kept from one flush to the next.
    pub fn table() -> Self {
        TabWriter {
            remembered: Some(Vec::new()),
            ..Self::new(6, 3)
        }
    }
    /// As `kubectl describe` lays out its lines.
    pub fn describe() -> Self {
        Self::new(0, 2)
    }

    /// Takes text in. A line without any tab ends the columns above it.
    pub fn write(&mut self, text: &str) {
        for c in text.chars() {
            let line = self.lines.last_mut().expect("there is always a last line");
            match c {
                '\t' => line.push(String::new()),
                '\n' => {
                    let alone = line.len() == 1;
                    self.lines.push(vec![String::new()]);
                    if alone {
                        self.flush();
                    }
                }
                c => line
                    .last_mut()
                    .expect("a line has at least one cell")
                    .push(c),
            }
        }
    }

    /// Lays out what was taken in so far.
    pub fn flush(&mut self) {
        let lines = std::mem::replace(&mut self.lines, vec![vec![String::new()]]);
        let end = lines.len();
        self.format(&lines, 0, end);
    }

    /// Lays out what is left and gives everything.
    pub fn finish(mut self) -> String {
        self.take()
    }

    /// Lays out what was taken in and gives it; the writer goes on.
    pub fn take(&mut self) -> String {
        self.flush();
        std::mem::take(&mut self.out)
    }

    fn format(&mut self, lines: &[Vec<String>], mut from: usize, to: usize) {
        let column = self.widths.len();
        let has = |line: &Vec<String>| column + 1 < line.len();
        let mut this = from;
        while this < to {
            if !has(&lines[this]) {
                this += 1;
                continue;
            }
            self.write_lines(lines, from, this);
            from = this;
            let mut width = self.min_width;
            while this < to && has(&lines[this]) {
                width = width.max(lines[this][column].chars().count() + self.padding);
                this += 1;
            }
            if let Some(remembered) = &mut self.remembered {
                if remembered.len() == column {
                    remembered.push(width);
                } else if let Some(w) = remembered.get_mut(column) {
                    *w = width.max(*w);
                    width = *w;
                }
            }
            self.widths.push(width);
            self.format(lines, from, this);
            self.widths.pop();
            from = this;
        }
        self.write_lines(lines, from, to);
    }

    fn write_lines(&mut self, lines: &[Vec<String>], from: usize, to: usize) {
        for (i, line) in lines.iter().enumerate().take(to).skip(from) {
            for (j, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(j) {
                    let pad = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', pad));
                }
            }
            if i + 1 < lines.len() {
                self.out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_within_their_blocks() {
        let mut w = TabWriter::describe();
        w.write("Name:\tweb\nLong name:\tx\nEvents:\t<none>\nplain\nA:\tb\n");
        assert_eq!(
            w.finish(),
            "Name:       web\nLong name:  x\nEvents:     <none>\nplain\nA:  b\n"
        );
        let mut w = TabWriter::describe();
        w.write("  Type\tReason\n  ----\t------\n  Normal\tx\ty\nno tab");
        assert_eq!(
            w.finish(),
            "  Type    Reason\n  ----    ------\n  Normal  x  y\nno tab"
        );
        let mut w = TabWriter::table();
        w.write("NAME\tAGE\na-long-name\t5s\n");
        assert_eq!(w.take(), "NAME          AGE\na-long-name   5s\n");
        w.write("b\t5s\n");
        assert_eq!(w.take(), "b             5s\n");
    }
}
