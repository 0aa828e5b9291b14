//! Ids as their specifications write them.

/// A random UUID (version 4), <https://www.rfc-editor.org/rfc/rfc9562#section-5.4>.
pub(super) fn uuid(random: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (position, byte) in random.iter().take(16).enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let byte = match position {
            6 => 0x40 | (byte & 0x0f),
            8 => 0x80 | (byte & 0x3f),
            _ => *byte,
        };
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// A ULID, <https://github.com/ulid/spec>: 48 bits of time, then 80 that begin with the index, so that
/// values of the same millisecond keep their order.
pub(super) fn ulid(instant: u64, index: u64, random: u64) -> String {
    const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = u128::from(instant & 0xffff_ffff_ffff) << 80
        | u128::from(index & 0xffff_ffff) << 48
        | u128::from(random & 0xffff_ffff_ffff);
    let digit = |place: usize| CROCKFORD.get(usize::try_from(bits >> (5 * place) & 31).unwrap_or(0));
    (0..26).rev().filter_map(digit).map(|byte| char::from(*byte)).collect()
}

/// A KSUID, <https://github.com/segmentio/ksuid>: 32 bits of seconds since 2014-05-13, then 128 that
/// begin with the index; in base 62.
pub(super) fn ksuid(instant: u64, index: u64, random: &[u8]) -> String {
    const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const EPOCH: u64 = 1_400_000_000;
    let seconds = u32::try_from((instant / 1_000).saturating_sub(EPOCH)).unwrap_or(u32::MAX);
    let index = u32::try_from(index & 0xffff_ffff).unwrap_or(0);
    let mut words = vec![seconds, index];
    words.extend(random.chunks(4).map(|four| four.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte))));
    let mut digits = Vec::with_capacity(27);
    for _ in 0..27 {
        let mut rest = 0_u64;
        for word in &mut words {
            let value = rest << 32 | u64::from(*word);
            *word = u32::try_from(value / 62).unwrap_or(0);
            rest = value % 62;
        }
        digits.push(BASE62.get(usize::try_from(rest).unwrap_or(0)).copied().unwrap_or(b'0'));
    }
    digits.iter().rev().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ids_are_written_as_their_specifications_say() {
        assert_eq!(ulid(1_469_918_176_385, 0, 0), "01ARYZ6S410000000000000000");
        assert_eq!(ksuid(1_400_000_000_000, 0, &[0; 12]), "0".repeat(27));
        assert_eq!(ksuid(u64::MAX, u64::MAX, &[255; 12]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
        assert_eq!(uuid(&[255; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
