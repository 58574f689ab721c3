use rustix::rand::{GetRandomFlags, getrandom};

use crate::Error;

/// Random bytes of the kernel's.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        match getrandom(&mut bytes[filled..], GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Error::Corrupt(format!("no random bytes: {error}"))),
        }
    }
    Ok(bytes)
}
