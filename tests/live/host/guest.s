# The whole of a guest: 64 KiB of firmware, which sleeps until the power button is pressed, and then turns itself off.
# Without it, emulated firmware would keep a processor busy for as long as the guest runs, and hear no button.
        .code16
        .org 0xff00, 0xf4
start:  cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7000, %sp

        # a look beyond the first MiB: have the local APIC pass on what the old interrupt controller says
        lgdtl   %cs:gdtr
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $8, %bx
        movw    %bx, %ds
        andb    $0xfe, %al
        movl    %eax, %cr0
        movl    $0xfee00350, %esi
        movl    $0x700, (%esi)
        xorw    %bx, %bx
        movw    %bx, %ds

        # the timer wakes the processor 18 times a second
        movw    $tick, 0x20
        movw    $0xf000, 0x22
        movb    $0x11, %al
        outb    %al, $0x20
        movb    $0x08, %al
        outb    %al, $0x21
        movb    $0x04, %al
        outb    %al, $0x21
        movb    $0x01, %al
        outb    %al, $0x21
        movb    $0xfe, %al
        outb    %al, $0x21
        movb    $0x34, %al
        outb    %al, $0x43
        xorb    %al, %al
        outb    %al, $0x40
        outb    %al, $0x40

        # power management of the PIIX4, at port 0xb000: tell of the button
        movw    $0xcf8, %dx
        movl    $0x80000b40, %eax
        outl    %eax, %dx
        movw    $0xcfc, %dx
        movl    $0xb001, %eax
        outl    %eax, %dx
        movw    $0xcf8, %dx
        movl    $0x80000b80, %eax
        outl    %eax, %dx
        movw    $0xcfc, %dx
        movb    $1, %al
        outb    %al, %dx
        movw    $0xb002, %dx
        movw    $0x0100, %ax
        outw    %ax, %dx

sleep:  sti
        hlt
        movw    $0xb000, %dx
        inw     %dx, %ax
        testb   $1, %ah
        jz      sleep
        movw    $0xb004, %dx
        movw    $0x2000, %ax
        outw    %ax, %dx
off:    hlt
        jmp     off

tick:   pushw   %ax
        movb    $0x20, %al
        outb    %al, $0x20
        popw    %ax
        iretw

gdt:    .quad   0, 0x00cf93000000ffff
gdtr:   .word   15
        .long   0xf0000 + gdt

        .org 0xfff0, 0xf4
reset:  jmp     start
        .org 0x10000, 0xf4
