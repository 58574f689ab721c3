use config::{Address, ClusterId};

use crate::Error;

/// Reads fixed fields from the front of a message.
pub(crate) struct Reader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (head, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| self.bad("it is cut off"))?;
        self.rest = rest;
        Ok(head)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.bad("it is cut off"))
    }

    pub fn byte(&mut self) -> Result<u8, Error> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_be_bytes)
    }

    /// A short text: one length byte, then UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Error> {
        let count = self.byte()?;
        std::str::from_utf8(self.take(count.into())?).map_err(|_| self.bad("a text is not UTF-8"))
    }

    pub fn address(&mut self) -> Result<Address, Error> {
        self.text()?.parse().map_err(|_| self.bad("an address does not read"))
    }

    /// 0 for nothing, 1 and then the value.
    pub fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.bad("a flag is neither 0 nor 1")),
        }
    }

    pub fn cluster(&mut self) -> Result<Option<ClusterId>, Error> {
        self.option(|reader| reader.array().map(ClusterId::new))
    }

    pub fn end(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.bad("it has extra bytes")) }
    }

    pub fn bad(&self, reason: &'static str) -> Error {
        Error::Malformed { what: self.what, reason }
    }
}

/// Appends what [`Reader::option`] reads.
pub(crate) fn put_option(out: &mut Vec<u8>, value: Option<&[u8]>) {
    out.push(value.is_some().into());
    out.extend_from_slice(value.unwrap_or_default());
}

/// Appends what [`Reader::text`] reads; texts here are bounded well below 256 bytes.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(&text.as_bytes()[..text.len().min(u8::MAX.into())]);
}
