//! What to do with the files, as text beside them. `docs/personalise.md` says the same at length.

/// Name of the file.
pub const NAME: &str = "README.txt";

/// The text. It holds no code, so it may be read by everybody.
pub fn text() -> String {
    TEXT.to_owned()
}

const TEXT: &str = r#"These files belong beside one image of a Stillwatch appliance. With one of them it finds its platform and
registers by itself at its first start. The image stays as it is, signatures and all. Use one way:

KVM, QEMU, Proxmox, Hyper-V: seed.iso in a DVD drive
  QEMU       -cdrom seed.iso
  libvirt    virt-install ... --disk path=seed.iso,device=cdrom
  Proxmox    copy seed.iso to a storage for ISO images, then
             qm set 901 --ide2 local:iso/seed.iso,media=cdrom
  Hyper-V    Add-VMDvdDrive -VMName stillwatch -Path D:\VMs\seed.iso

VMware: vApp properties, or seed.iso in the machine's DVD drive
  ovftool    (bash)  mapfile -t props < ovftool.args
             ovftool --acceptAllEulas --name=stillwatch --diskMode=thin --datastore=datastore1 \
               --net:Management="VM Network" --net:Mirrored=Mirrored --X:injectOvfEnv --powerOn \
               "${props[@]}" IMAGE.ova vi://root@HOST/
  govc       govc import.ova -name stillwatch -options govc.json IMAGE.ova
             (govc import.spec IMAGE.ova shows what else may stand in govc.json, such as NetworkMapping)

A real machine: stillwatch.toml on a USB stick (FAT or exFAT), in the machine when it starts
  The appliance reads the file, overwrites it and removes it.

Clouds and tools that take cloud-init (NoCloud): user-data, meta-data

The code in these files registers one box, once, until it expires: keep them to yourself until then, and remove
them afterwards. A password in them (a proxy's) does not wear off: take it out of the machine's properties or drive.
"#;
