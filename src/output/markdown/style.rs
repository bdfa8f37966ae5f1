//! How a character of a response looks on a terminal, as a sequence that sets nothing else (SGR).

/// Attributes and a colour. Both are the terminal's own, which fit its background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// One bit for each attribute, at the position of its number in a sequence.
    attributes: u16,
    color: Option<u8>,
}

impl Style {
    pub const PLAIN: Self = Self { attributes: 0, color: None };
    pub const BOLD: Self = Self::attribute(1);
    /// The markup itself, such as the asterisks beside a bold text.
    pub const MARKUP: Self = Self::attribute(2);
    pub const ITALIC: Self = Self::attribute(3);
    pub const UNDERLINED: Self = Self::attribute(4);
    pub const STRUCK: Self = Self::attribute(9);
    pub const CODE: Self = Self::colored(36);
    pub const QUOTE: Self = Self::colored(32);
    pub const BULLET: Self = Self::colored(35);

    const fn attribute(number: u16) -> Self {
        Self { attributes: 1 << number, color: None }
    }

    const fn colored(number: u8) -> Self {
        Self { attributes: 0, color: Some(number) }
    }

    /// Returns the style with another one over it.
    pub fn with(self, other: Self) -> Self {
        Self { attributes: self.attributes | other.attributes, color: other.color.or(self.color) }
    }

    /// Returns the sequence that sets this style, whatever was set before.
    pub fn sequence(self) -> String {
        let attributes =
            (1..10_u16).filter(|number| self.attributes >> number & 1 == 1).map(|number| number.to_string());
        let numbers = attributes.chain(self.color.map(|color| color.to_string()));
        let numbers: Vec<_> = std::iter::once("0".to_owned()).chain(numbers).collect();
        format!("\u{1b}[{}m", numbers.join(";"))
    }
}
