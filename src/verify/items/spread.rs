//! How the values of different attributes are dealt over an entity's items: each value as often as it
//! should be, evenly within any run of items, and no two attributes in step with each other.

use super::random::Random;

/// The places of `count` items in an order of their own, each from 0 to `count - 1` once.
///
/// Item *g* stands at the fraction of *g* · √p, with another prime for each order: multiples of
/// independent irrational numbers fill all their combinations evenly (Weyl's theorem). The ranks of
/// these fractions have exact shares as well.
pub(super) fn order(random: Random, name: &str, which: usize, count: u64) -> Vec<u64> {
    let step = fraction_of_root(nth_prime(which));
    let shift = random.at(name, 0).next();
    ranks((0..count).map(|item| (item.wrapping_mul(step).wrapping_add(shift), item)), count)
}

/// The place of each of `count` items among some of them, by what they are sorted by; 0 of the others.
pub(super) fn ranks<K: Ord>(keyed: impl Iterator<Item = (K, u64)>, count: u64) -> Vec<u64> {
    let mut sorted: Vec<(K, u64)> = keyed.collect();
    sorted.sort_unstable();
    let mut ranks = vec![0; usize::try_from(count).unwrap_or(0)];
    for (rank, (_, item)) in (0..).zip(sorted) {
        if let Some(place) = usize::try_from(item).ok().and_then(|item| ranks.get_mut(item)) {
            *place = rank;
        }
    }
    ranks
}

/// The fraction of the square root of a number below 2^16, as a part of 2^64.
fn fraction_of_root(number: u64) -> u64 {
    const BITS: u32 = 56;
    let root = (u128::from(number) << (2 * BITS)).isqrt();
    let fraction = root & ((1 << BITS) - 1);
    u64::try_from(fraction << (64 - BITS)).unwrap_or(u64::MAX) | 1
}

/// The primes from 2 on, begun again after some hundred.
fn nth_prime(which: usize) -> u64 {
    const PRIMES: usize = 256;
    let is_prime = |n: &u64| (2..).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (2..u64::from(u16::MAX)).filter(is_prime).nth(which % PRIMES).unwrap_or(2)
}

/// Where a share of `whole` that begins with item `part` of `parts` starts: `whole · part / parts`,
/// rounded up, so that [`part_of`] gives the part back.
pub(super) fn start_of(part: u64, parts: u64, whole: u64) -> u64 {
    (u128::from(part) * u128::from(whole)).div_ceil(u128::from(parts.max(1))).try_into().unwrap_or(u64::MAX)
}

/// The part of `parts` that item `item` of `whole` is in, when the items are dealt in runs.
pub(super) fn part_of(item: u64, parts: u64, whole: u64) -> u64 {
    (u128::from(item) * u128::from(parts) / u128::from(whole.max(1))).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_permutation_and_even_in_every_run() {
        let ranks = order(Random::new(1), "status", 3, 1_000);
        let mut sorted = ranks.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..1_000));
        for run in ranks.chunks(100) {
            let low = run.iter().filter(|rank| **rank < 300).count();
            assert!((27..=33).contains(&low), "{low} of 100 are among the first 30 %");
        }
    }

    #[test]
    fn two_orders_are_not_in_step() {
        let (a, b) = (order(Random::new(1), "a", 0, 1_000), order(Random::new(1), "b", 1, 1_000));
        let both = a.iter().zip(&b).filter(|(a, b)| **a < 500 && **b < 200).count();
        assert!((90..=110).contains(&both), "{both} of 1,000 instead of 100");
    }

    #[test]
    fn runs_fit_together() {
        for (parts, whole) in [(3, 10), (7, 7), (200, 2_400), (9, 4), (1, 1)] {
            for item in 0..whole {
                let part = part_of(item, parts, whole);
                assert!(start_of(part, parts, whole) <= item && item < start_of(part + 1, parts, whole));
            }
        }
    }
}
