//! The estimate of the tokens of a text from its bytes, for `plan` and for the quota that `run` reserves. Pure.

/// The bytes of UTF-8 that count as a token, as a fraction: 3.5. Anthropic's glossary counts 3.5 English characters as one;
/// other models need no more tokens for English. Letters of other scripts have two or three bytes, and need more tokens.
const BYTES_PER_TOKEN: (u64, u64) = (7, 2);

/// Returns the estimated number of tokens of a text with this many bytes, rounded up.
pub fn estimate(bytes: u64) -> u64 {
    let (numerator, denominator) = BYTES_PER_TOKEN;
    // A count that is too large for the product is too large for each input.
    bytes.saturating_mul(denominator).div_ceil(numerator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_are_counted_by_bytes_and_rounded_up() {
        for (bytes, tokens) in [(0, 0), (1, 1), (3, 1), (4, 2), (7, 2), (8, 3), (3500, 1000), (3501, 1001)] {
            assert_eq!(estimate(bytes), tokens, "{bytes}");
        }
        assert!(estimate(u64::MAX) > 0);
    }

    proptest! {
        #[test]
        fn more_text_is_never_fewer_tokens(first in 0_u64..1 << 40, second in 0_u64..1 << 40) {
            let (one, other, both) = (estimate(first), estimate(second), estimate(first + second));
            prop_assert!(both <= one + other && both >= one.max(other));
            prop_assert!(both + 1 >= one + other);
        }
    }
}
