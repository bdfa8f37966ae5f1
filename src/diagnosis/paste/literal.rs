//! Parses the objects that stand in a text as JSON, as Python prints a dictionary, as Node.js inspects an object, or as
//! Java prints a map. Lenient: what was cut off at the end counts as far as it goes.

use serde_json::{Map, Value};

/// The number of braces that are tried: of more, the last ones, because that is where the error is.
const MOST: usize = 300;

/// The depth at which an object is given up.
const DEEPEST: usize = 32;

/// Returns the objects in the text, in their order, without those that another one contains.
pub(super) fn objects(text: &str) -> Vec<Value> {
    let starts: Vec<usize> = text.match_indices('{').map(|(at, _)| at).collect();
    let mut objects = Vec::new();
    let mut end = 0;
    for &start in &starts[starts.len().saturating_sub(MOST)..] {
        if start < end {
            continue;
        }
        let mut parser = Parser { rest: &text[start..], is_cut: false };
        if let Some(object) = parser.object(0) {
            end = text.len() - parser.rest.len();
            objects.push(object);
        }
    }
    objects
}

/// Returns the string that begins with a quote at the start of the text, such as `"a \"b\""`.
pub(super) fn string(text: &str) -> Option<String> {
    Parser { rest: text, is_cut: false }.string()
}

/// Decodes the escape sequence that follows a backslash. Returns what it stands for, and the rest of the text.
pub(super) fn unescape(text: &str) -> Option<(String, &str)> {
    let (kind, rest) = text.split_at_checked(1)?;
    let plain = match kind {
        "n" | "r" => "\n",
        "t" => "\t",
        "\"" | "'" | "/" | "\\" => kind,
        "u" => {
            let (code, rest) = rest.split_at_checked(4)?;
            return Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?.into(), rest));
        }
        "x" => {
            // The bytes of one character follow each other: `\xe2\x80\x99`.
            let byte = |text: &str| u8::from_str_radix(text.get(..2)?, 16).ok();
            let mut bytes = vec![byte(rest)?];
            let mut rest = &rest[2..];
            while let Some(next) = rest.strip_prefix("\\x").and_then(byte) {
                bytes.push(next);
                rest = &rest[4..];
            }
            return Some((String::from_utf8_lossy(&bytes).into(), rest));
        }
        _ => return None,
    };
    Some((plain.to_owned(), rest))
}

struct Parser<'t> {
    rest: &'t str,
    /// Whether the text ended inside of a value.
    is_cut: bool,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_blanks();
        let bytes = self.rest.as_bytes();
        match bytes.first()? {
            b'{' => self.object(depth + 1),
            b'[' => self.list(']', depth + 1),
            b'(' => self.list(')', depth + 1),
            b'"' | b'\'' | b'`' => self.string().map(Value::String),
            b'b' if matches!(bytes.get(1), Some(b'"' | b'\'')) => {
                self.rest = &self.rest[1..];
                self.string().map(Value::String)
            }
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.rest = self.rest.strip_prefix('{').filter(|_| depth < DEEPEST)?;
        let mut members = Map::new();
        loop {
            self.skip_blanks();
            if self.is_at_end() {
                return (!members.is_empty()).then_some(Value::Object(members));
            }
            if self.skip("}") {
                return Some(Value::Object(members));
            }
            let key = self.key()?;
            if let Some(value) = self.value(depth) {
                members.insert(key, value);
            } else if !self.is_at_end() {
                return None;
            }
            self.skip_blanks();
            if !self.skip(",") && !self.rest.starts_with('}') && !self.is_at_end() {
                return None;
            }
        }
    }

    fn list(&mut self, close: char, depth: usize) -> Option<Value> {
        self.rest = self.rest.get(1..).filter(|_| depth < DEEPEST)?;
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            if self.is_at_end() {
                return Some(Value::Array(items));
            }
            if let Some(rest) = self.rest.strip_prefix(close) {
                self.rest = rest;
                return Some(Value::Array(items));
            }
            items.push(self.value(depth)?);
            self.skip_blanks();
            if !self.skip(",") && !self.rest.starts_with(close) && !self.is_at_end() {
                return None;
            }
        }
    }

    /// Parses a key and what separates it from its value.
    fn key(&mut self) -> Option<String> {
        let key = if self.rest.starts_with(['"', '\'']) {
            self.string()?
        } else {
            let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-$.@".contains(c))?;
            let (key, rest) = self.rest.split_at(end);
            self.rest = rest;
            key.to_owned()
        };
        self.skip_blanks();
        let separator = ["=>", ":", "="].iter().any(|separator| self.skip(separator));
        (separator && !key.is_empty()).then_some(key)
    }

    /// Parses a string, and the strings that follow it directly or after a plus sign.
    fn string(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
        self.rest = &self.rest[1..];
        let mut text = String::new();
        while let Some(at) = self.rest.find(['\\', quote]) {
            text.push_str(&self.rest[..at]);
            if self.rest[at..].starts_with('\\') {
                self.rest = &self.rest[at + 1..];
                self.escape(&mut text);
                continue;
            }
            self.rest = &self.rest[at + 1..];
            let follows = self.rest.trim_start();
            if let Some(next) = follows.strip_prefix('+').map_or(follows, str::trim_start).strip_prefix(quote) {
                self.rest = next;
            } else if follows.is_empty() || follows.starts_with([',', '}', ']', ')', ':', '=', '\n']) || quote != '\'' {
                return Some(text);
            } else {
                // An apostrophe that is not escaped.
                text.push(quote);
            }
        }
        text.push_str(self.rest);
        self.rest = "";
        self.is_cut = true;
        Some(text)
    }

    /// Decodes one escape sequence; its backslash is behind us.
    fn escape(&mut self, text: &mut String) {
        let Some(kind) = self.rest.chars().next() else { return };
        let (character, rest) = unescape(self.rest).unwrap_or_else(|| (kind.into(), &self.rest[kind.len_utf8()..]));
        text.push_str(&character);
        self.rest = rest;
    }

    /// Parses a value without quotes: a number, `None`, `<Response [400]>`, `datetime(2026, 11, 26)`.
    fn word(&mut self) -> Option<Value> {
        let mut depth = 0_usize;
        let end = self.rest.char_indices().find(|(_, character)| {
            match character {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' if depth > 0 => depth -= 1,
                ')' | ']' | '}' | '\n' => return true,
                ',' => return depth == 0,
                _ => {}
            }
            false
        });
        let (word, rest) = self.rest.split_at(end.map_or(self.rest.len(), |(at, _)| at));
        self.rest = rest;
        let word = word.trim();
        (!word.is_empty()).then(|| word.parse::<u64>().map_or_else(|_| Value::from(word), Value::from))
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    const fn is_at_end(&self) -> bool {
        self.is_cut || self.rest.is_empty()
    }
}
