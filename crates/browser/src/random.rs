/// A random name: 128 bits in hexadecimal.
pub fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("browsers always have randomness");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
