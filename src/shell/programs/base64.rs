//! `base64`.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::super::process::{Cx, Start};
use super::gather::{Input, Whole, gather};
use super::options;

#[derive(Clone)]
struct Base64 {
    decode: bool,
    ignore_garbage: bool,
    wrap: usize,
}

impl Whole for Base64 {
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32 {
        let mut data = Vec::new();
        for (name, input) in inputs {
            match input {
                Ok(bytes) => data = bytes,
                Err(error) => {
                    cx.complain(format!("{name}: {error}"));
                    return 1;
                }
            }
        }
        match self.decode {
            true => self.decode(&data, cx),
            false => self.encode(&data, cx),
        }
    }
}

impl Base64 {
    fn encode(&self, data: &[u8], cx: &mut Cx) -> i32 {
        let text = STANDARD.encode(data);
        if self.wrap == 0 {
            cx.out(text);
            return 0;
        }
        let mut out = String::with_capacity(text.len() + text.len() / self.wrap + 1);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(self.wrap.min(rest.len()));
            out.push_str(line);
            out.push('\n');
            rest = after;
        }
        cx.out(out);
        0
    }

    fn decode(&self, data: &[u8], cx: &mut Cx) -> i32 {
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let engine = GeneralPurpose::new(&ALPHABET, config);
        let known = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
        let kept: Vec<u8> = data
            .iter()
            .copied()
            .filter(|b| *b != b'\n' && (!self.ignore_garbage || known(b)))
            .collect();
        let good = kept.iter().take_while(|b| known(b)).count();
        let mut out = Vec::new();
        let mut wrong = good < kept.len();
        // Encoded pieces may follow each other, each with its own padding.
        let mut rest = &kept[..good];
        while !rest.is_empty() {
            let body = rest.iter().take_while(|b| **b != b'=').count();
            let pad = rest[body..].iter().take_while(|b| **b == b'=').count();
            let whole = if body % 4 == 1 { body - 1 } else { body };
            match engine.decode(&rest[..whole]) {
                Ok(bytes) => out.extend(bytes),
                Err(_) => wrong = true,
            }
            wrong |= (body + pad) % 4 != 0 || pad > 2;
            if wrong {
                break;
            }
            rest = &rest[body + pad..];
        }
        cx.out(out);
        if wrong {
            cx.complain(match cx.busybox() {
                true => "truncated input",
                false => "invalid input",
            });
        }
        i32::from(wrong)
    }
}

pub fn base64(cx: &mut Cx) -> Start {
    let long = [("decode", 'd'), ("ignore-garbage", 'i'), ("wrap", 'w')];
    let options = match options::parse(cx, "dDiw:", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let wrap = match options.value('w') {
        None => 76,
        Some(text) => match text.parse() {
            Ok(n) => n,
            Err(_) => return cx.fail(1, format!("invalid wrap size: ‘{text}’")),
        },
    };
    if let Some(extra) = options.operands.get(1) {
        return cx.fail(
            1,
            format!("extra operand ‘{extra}’\nTry 'base64 --help' for more information."),
        );
    }
    let base64 = Base64 {
        decode: options.has('d') || options.has('D'),
        ignore_garbage: options.has('i'),
        wrap,
    };
    gather(base64, &options.operands)
}
