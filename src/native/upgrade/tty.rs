//! The line discipline of a simulated terminal for clients that send single keys: echo, editing of the line, and the ends of lines
//! as each side writes them (`N_TTY` in its usual, canonical mode). Programs of the simulation get whole lines.

const INTERRUPT: u8 = 3;
const END: u8 = 4;
const KILL: u8 = 0x15;
const WORD: u8 = 0x17;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 0x7f;

/// A terminal.
#[derive(Debug, Default)]
pub struct Tty {
    line: Vec<u8>,
}

/// What comes of keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// What the program is given: lines, Ctrl-C and Ctrl-D.
    pub input: Vec<u8>,
    /// What the user sees of it.
    pub echo: Vec<u8>,
}

impl Tty {
    /// Takes keys.
    pub fn keys(&mut self, keys: &[u8]) -> Typed {
        let mut typed = Typed::default();
        for key in keys {
            match *key {
                b'\r' | b'\n' => {
                    self.line.push(b'\n');
                    typed.echo.extend(b"\r\n");
                    typed.input.append(&mut self.line);
                }
                INTERRUPT => {
                    self.line.clear();
                    typed.echo.extend(b"^C");
                    typed.input.push(INTERRUPT);
                }
                END => {
                    typed.input.append(&mut self.line);
                    typed.input.push(END);
                }
                BACKSPACE | DELETE => self.erase(&mut typed.echo),
                KILL => {
                    while !self.line.is_empty() {
                        self.erase(&mut typed.echo);
                    }
                }
                WORD => {
                    while self.line.last() == Some(&b' ') {
                        self.erase(&mut typed.echo);
                    }
                    while self.line.last().is_some_and(|b| *b != b' ') {
                        self.erase(&mut typed.echo);
                    }
                }
                key => {
                    self.line.push(key);
                    match key {
                        b'\t' => typed.echo.push(b'\t'),
                        0..=31 => typed.echo.extend([b'^', key + b'@']),
                        _ => typed.echo.push(key),
                    }
                }
            }
        }
        typed
    }

    /// Takes the last character away.
    fn erase(&mut self, echo: &mut Vec<u8>) {
        let Some(mut last) = self.line.pop() else {
            return;
        };
        // The bytes of one character that follow its first.
        while last & 0xc0 == 0x80 {
            let Some(before) = self.line.pop() else { break };
            last = before;
        }
        echo.extend(b"\x08 \x08");
        if last < 32 && last != b'\t' {
            echo.extend(b"\x08 \x08");
        }
    }

    /// What the program writes, as the user's terminal reads it.
    pub fn output(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 16);
        for byte in text {
            if *byte == b'\n' {
                out.push(b'\r');
            }
            out.push(*byte);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited_and_seen() {
        let mut tty = Tty::default();
        let typed = tty.keys("echö".as_bytes());
        assert_eq!(
            (typed.input.len(), typed.echo),
            (0, "echö".as_bytes().to_vec())
        );
        let typed = tty.keys(b"\x7fo hi\r");
        assert_eq!(typed.input, b"echo hi\n");
        assert_eq!(typed.echo, b"\x08 \x08o hi\r\n");
        assert_eq!(
            tty.keys(b"one two\x17\x15\rx\x03y\x04").input,
            b"\n\x03y\x04"
        );
        assert_eq!(tty.keys(b"\x1b[A").echo, b"^[[A");
        assert_eq!(Tty::output(b"a\nb"), b"a\r\nb");
    }
}
