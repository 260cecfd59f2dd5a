use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// How long a key is that stands in place.
const ROOM: usize = 46;

/// A string by which large maps are searched. One of usual length stands in the map itself and not elsewhere in memory: names
/// of the pods of one controller begin alike, and to compare them each would have to be fetched. Maps of keys are searched by
/// bytes, which are in the same order as strings.
#[derive(Clone)]
pub struct Key(Form);

#[derive(Clone)]
enum Form {
    Short(u8, [u8; ROOM]),
    Long(Arc<str>),
}

impl Key {
    /// The key of parts that follow each other.
    pub fn joined(parts: &[&str]) -> Key {
        let mut bytes = [0; ROOM];
        let mut length = 0;
        for part in parts {
            let end = length + part.len();
            let Some(place) = bytes.get_mut(length..end) else {
                return Key(Form::Long(parts.concat().into()));
            };
            place.copy_from_slice(part.as_bytes());
            length = end;
        }
        Key(Form::Short(length as u8, bytes))
    }

    /// Its bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Short(length, bytes) => &bytes[..usize::from(*length)],
            Form::Long(text) => text.as_bytes(),
        }
    }

    /// Its characters.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Whole strings were put together: they are still one.
            Form::Short(..) => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Form::Long(text) => text,
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Key::joined(&[text])
    }
}

impl Borrow<[u8]> for Key {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_all_lengths_are_the_strings_they_were_made_of_and_in_their_order() {
        let long = "é".repeat(23);
        let longer = format!("{long}x");
        let texts = ["", "a", "a-b/x", "a/x", "b", "z", &long, &longer, "ÿ"];
        for text in texts {
            assert_eq!(Key::from(text).as_str(), text);
            assert_eq!(
                Key::joined(&[text, "/", text]).to_string(),
                format!("{text}/{text}")
            );
            for other in texts {
                let keys = Key::from(text).cmp(&Key::from(other));
                assert_eq!(keys, text.cmp(other), "{text} {other}");
                assert_eq!(Key::from(text) == Key::from(other), text == other);
            }
        }
        assert!(size_of::<Key>() <= 48);
    }
}
