//! What VMware tells a guest about itself: the remote procedure calls of its
//! "backdoor" (VMware's open-vm-tools, `lib/include/backdoor_def.h`,
//! `guest_msg_def.h`): `info-get guestinfo.ovfEnv` gives the OVF environment.
//!
//! Only asked where the processor says that VMware runs it (CPUID leaf
//! 0x4000_0000). Tested against a hypervisor made in the test; on a real one only
//! by hand so far.
#![expect(unsafe_code, reason = "the call is an IN instruction that the hypervisor takes for its own")]

use std::io;

/// Port of the backdoor.
const PORT: u16 = 0x5658;

/// `VMXh`: tells the hypervisor that it is meant.
const MAGIC: u32 = 0x564d_5868;

/// Command of messages; what is done stands in the high half of `ecx`.
const MESSAGE: u32 = 0x1e;

/// Protocol `RPCI`, with cookies.
const RPCI: u32 = 0x4943_5052 | 0x8000_0000;

/// In `ecx`: it worked.
const DONE: u32 = 0x0001_0000;

/// Longest answer that is taken, bytes.
const MAX: usize = 1 << 20;

/// Registers of a call.
#[derive(Clone, Copy, Debug, Default)]
struct Registers {
    ebx: u32,
    ecx: u32,
    edx: u32,
    esi: u32,
    edi: u32,
}

/// Asks the hypervisor: `info-get guestinfo.ovfEnv`. None where VMware does not run
/// this machine; an empty answer where it knows nothing of the kind.
///
/// # Errors
/// `EPERM` without `CAP_SYS_RAWIO`; `EIO` when the hypervisor breaks off.
pub fn ask(request: &str) -> io::Result<Option<String>> {
    if !is_vmware() {
        return Ok(None);
    }
    allow_port()?;
    converse(request.as_bytes(), &mut call).map(Some)
}

/// True when the processor says so.
fn is_vmware() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        let hypervisor = core::arch::x86_64::__cpuid(1).ecx >> 31 == 1;
        let leaf = core::arch::x86_64::__cpuid(0x4000_0000);
        let name: Vec<u8> =
            [leaf.ebx, leaf.ecx, leaf.edx].iter().flat_map(|word| word.to_le_bytes()).collect();
        hypervisor && name == b"VMwareVMware"
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(target_arch = "x86_64")]
fn allow_port() -> io::Result<()> {
    // SAFETY: it changes only which ports this thread may use.
    if unsafe { libc::ioperm(PORT.into(), 1, 1) } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(not(target_arch = "x86_64"))]
fn allow_port() -> io::Result<()> {
    Ok(())
}

#[cfg(target_arch = "x86_64")]
fn call(registers: Registers) -> Registers {
    let (mut ecx, mut edx, mut esi, mut edi) = (registers.ecx, registers.edx, registers.esi, registers.edi);
    let mut rbx = u64::from(registers.ebx);
    // SAFETY: on VMware (`is_vmware`), with the port allowed (`allow_port`), this
    // changes nothing but the registers named. `rbx` is the compiler's own, so it is
    // swapped in and out.
    unsafe {
        core::arch::asm!(
            "xchg {rbx}, rbx",
            "in eax, dx",
            "xchg {rbx}, rbx",
            rbx = inout(reg) rbx,
            inout("eax") MAGIC => _,
            inout("ecx") ecx,
            inout("edx") edx,
            inout("esi") esi,
            inout("edi") edi,
            options(nostack),
        );
    }
    Registers { ebx: rbx as u32, ecx, edx, esi, edi }
}

#[cfg(not(target_arch = "x86_64"))]
fn call(registers: Registers) -> Registers {
    Registers { ecx: 0, ..registers }
}

/// An open channel.
struct Channel<'a> {
    call: &'a mut dyn FnMut(Registers) -> Registers,
    number: u32,
    cookies: (u32, u32),
}

impl Channel<'_> {
    /// One step of the protocol: its number, and a word with it.
    fn step(&mut self, number: u32, ebx: u32) -> io::Result<Registers> {
        let (esi, edi) = self.cookies;
        let edx = self.number << 16 | u32::from(PORT);
        let answer = (self.call)(Registers { ebx, ecx: number << 16 | MESSAGE, edx, esi, edi });
        if answer.ecx & DONE == 0 {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        Ok(answer)
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        self.step(1, request.len() as u32)?;
        for four in request.chunks(4) {
            let mut word = [0; 4];
            word[..four.len()].copy_from_slice(four);
            self.step(2, u32::from_le_bytes(word))?;
        }
        let announced = self.step(3, 0)?;
        let (len, id) = (announced.ebx as usize, announced.edx >> 16);
        let mut answer = Vec::new();
        while answer.len() < len.min(MAX) {
            answer.extend(self.step(4, id)?.ebx.to_le_bytes());
        }
        answer.truncate(len.min(MAX));
        self.step(5, id)?;
        Ok(answer)
    }
}

/// Opens a channel, asks, and closes it.
fn converse(request: &[u8], call: &mut dyn FnMut(Registers) -> Registers) -> io::Result<String> {
    let mut channel = Channel { call, number: 0, cookies: (0, 0) };
    let opened = channel.step(0, RPCI)?;
    channel.number = opened.edx >> 16;
    channel.cookies = (opened.esi, opened.edi);
    let answer = channel.exchange(request);
    let _ = channel.step(6, 0);
    let answer = String::from_utf8_lossy(&answer?).into_owned();
    // "1 value" is an answer, "0 reason" none.
    Ok(answer.strip_prefix("1 ").unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hypervisor's side of one channel.
    #[derive(Default)]
    struct Hypervisor {
        expected: usize,
        heard: Vec<u8>,
        says: Vec<u8>,
        told: usize,
        open: bool,
        /// Breaks off at this step.
        breaks: Option<u32>,
    }

    impl Hypervisor {
        fn call(&mut self, mut r: Registers) -> Registers {
            let step = r.ecx >> 16;
            let good = r.ecx & 0xffff == MESSAGE
                && r.edx & 0xffff == u32::from(PORT)
                && (step == 0 || (r.edx >> 16 == 5 && (r.esi, r.edi) == (11, 12)))
                && self.breaks != Some(step);
            if !good {
                return Registers { ecx: 0, ..r };
            }
            r.ecx = DONE;
            match step {
                0 if r.ebx == RPCI => {
                    (r.edx, r.esi, r.edi, self.open) = (5 << 16, 11, 12, true);
                }
                1 => self.expected = r.ebx as usize,
                2 => {
                    self.heard.extend(r.ebx.to_le_bytes());
                    self.heard.truncate(self.expected);
                }
                3 => (r.ebx, r.edx) = (self.says.len() as u32, 9 << 16),
                4 if r.ebx == 9 => {
                    let mut word = [0; 4];
                    let rest = &self.says[self.told.min(self.says.len())..];
                    let some = rest.len().min(4);
                    word[..some].copy_from_slice(&rest[..some]);
                    self.told += 4;
                    r.ebx = u32::from_le_bytes(word);
                }
                5 if r.ebx == 9 => {}
                6 => self.open = false,
                _ => r.ecx = 0,
            }
            r
        }
    }

    #[test]
    fn a_question_and_its_answer() {
        for (says, answer) in
            [("1 <Environment/>", "<Environment/>"), ("0 No value found", ""), ("1 ", ""), ("", "")]
        {
            let mut hypervisor = Hypervisor { says: says.into(), ..Hypervisor::default() };
            let got = converse(b"info-get guestinfo.ovfEnv", &mut |r| hypervisor.call(r)).unwrap();
            assert_eq!(got, answer);
            assert_eq!(hypervisor.heard, b"info-get guestinfo.ovfEnv");
            assert!(!hypervisor.open);
        }
    }

    #[test]
    fn a_hypervisor_that_breaks_off_is_an_error() {
        for step in 0..6 {
            let mut hypervisor =
                Hypervisor { says: "1 x".into(), breaks: Some(step), ..Hypervisor::default() };
            assert!(converse(b"info-get x", &mut |r| hypervisor.call(r)).is_err(), "step {step}");
            assert!(!hypervisor.open, "step {step}");
        }
    }

    #[test]
    fn elsewhere_nothing_is_asked() {
        if !is_vmware() {
            assert_eq!(ask("info-get guestinfo.ovfEnv").unwrap(), None);
        }
    }
}
