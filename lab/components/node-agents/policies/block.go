package policies

import (
	"net/netip"

	networking "k8s.io/api/networking/v1"
)

// blocks are the address blocks of b without its exceptions.
func blocks(b *networking.IPBlock) (all []string) {
	whole, err := netip.ParsePrefix(b.CIDR)
	if err != nil || !whole.Addr().Is4() {
		return nil
	}
	left := []netip.Prefix{whole.Masked()}
	for _, e := range b.Except {
		if except, err := netip.ParsePrefix(e); err == nil {
			left = subtract(left, except.Masked())
		}
	}
	for _, p := range left {
		all = append(all, p.String())
	}
	return all
}

// subtract halves every block that holds more than the exception until what is
// left lies either in it, and goes, or outside.
func subtract(from []netip.Prefix, except netip.Prefix) (left []netip.Prefix) {
	for _, p := range from {
		switch {
		case !p.Overlaps(except):
			left = append(left, p)
		case except.Bits() > p.Bits():
			a, b := halves(p)
			left = append(left, subtract([]netip.Prefix{a, b}, except)...)
		}
	}
	return left
}

func halves(p netip.Prefix) (low, high netip.Prefix) {
	bits := p.Bits() + 1
	address := p.Addr().As4()
	address[(bits-1)/8] |= 1 << (7 - (bits-1)%8)
	return netip.PrefixFrom(p.Addr(), bits), netip.PrefixFrom(netip.AddrFrom4(address), bits)
}
