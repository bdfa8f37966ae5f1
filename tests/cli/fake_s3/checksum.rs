//! The checksums of S3, computed without the SDK.

use std::fmt::Write as _;

use ring::digest;

/// Encodes bytes as base64.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            text.push(if at <= three.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}

/// Returns the checksum of this algorithm (`crc32`, `crc32c`, `crc64nvme`, `sha1`, `sha256`), if it is known.
pub fn checksum(algorithm: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let crc32 = |polynomial| u32::try_from(crc(polynomial, u64::from(u32::MAX), bytes)).ok();
    Some(match algorithm {
        "crc32" => crc32(0xedb8_8320)?.to_be_bytes().to_vec(),
        "crc32c" => crc32(0x82f6_3b78)?.to_be_bytes().to_vec(),
        "crc64nvme" => crc(0x9a6c_9329_ac4b_c9b5, u64::MAX, bytes).to_be_bytes().to_vec(),
        "sha1" => digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec(),
        "sha256" => digest::digest(&digest::SHA256, bytes).as_ref().to_vec(),
        _ => return None,
    })
}

/// Returns the SHA-256 of bytes as hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Computes a reflected CRC of the width of `mask`.
fn crc(polynomial: u64, mask: u64, bytes: &[u8]) -> u64 {
    let mut table = [0; 256];
    for (entry, start) in table.iter_mut().zip(0..) {
        *entry = (0..8).fold(start, |value: u64, _| value >> 1 ^ if value & 1 == 1 { polynomial } else { 0 });
    }
    !bytes.iter().fold(mask, |value, byte| value >> 8 ^ table[usize::from(value.to_le_bytes()[0] ^ byte)]) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_those_of_the_published_check_values() {
        let check = b"123456789";
        assert_eq!(checksum("crc32", check), Some(0xcbf4_3926_u32.to_be_bytes().into()));
        assert_eq!(checksum("crc32c", check), Some(0xe306_9283_u32.to_be_bytes().into()));
        assert_eq!(checksum("crc64nvme", check), Some(0xae8b_1486_0a79_9888_u64.to_be_bytes().into()));
        assert_eq!(checksum("md5", check), None);
        assert_eq!(base64(&checksum("crc32", check).unwrap()), "y/Q5Jg==");
        assert_eq!((base64(b"a"), base64(b"ab"), base64(b"abc")), ("YQ==".into(), "YWI=".into(), "YWJj".into()));
    }
}
