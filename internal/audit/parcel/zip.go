package parcel

import (
	"encoding/binary"
	"fmt"
)

// entry is a member as the ZIP speaks of it.
type entry struct {
	name   string
	crc    uint32
	size   uint32
	offset uint32
}

// The fields of a ZIP that are the same for every member (PKWARE APPNOTE 4.3 and 4.4).
const (
	localSignature   = 0x04034b50
	centralSignature = 0x02014b50
	endSignature     = 0x06054b50
	version          = 20             // 2.0: files, stored
	madeBy           = 3<<8 | version // Unix, whose attributes are those of a file
	firstDay         = 1<<5 | 1       // 1980-01-01, the first day there is
	plainFile        = 0o100644 << 16 // that everybody may read
	localSize        = 30             // without the name
)

// local is what stands before a member. It has no flags, no compression and nothing extra.
func (e entry) local() []byte {
	b := le32(nil, localSignature)
	b = e.common(le16(b, version))
	return append(b, e.name...)
}

// common is what both headers say.
func (e entry) common(b []byte) []byte {
	b = le16(b, 0, 0, 0, firstDay) // flags, method, time
	b = le32(b, e.crc, e.size, e.size)
	return le16(b, uint16(len(e.name)), 0) //nolint:gosec // names are constants
}

// central is what the directory says of a member.
func (e entry) central() []byte {
	b := le16(le32(nil, centralSignature), madeBy, version)
	b = le16(e.common(b), 0, 0, 0) // comment, disk, internal attributes
	b = le32(b, plainFile, e.offset)
	return append(b, e.name...)
}

// directory is what stands behind all members.
func directory(all []entry, offset int64) ([]byte, error) {
	var b []byte
	for _, e := range all {
		b = append(b, e.central()...)
	}
	if offset+int64(len(b)) > 1<<32-1 {
		return nil, fmt.Errorf("the package has %d bytes, which is more than a ZIP can say; ask for a shorter time", offset)
	}
	size, many := uint32(len(b)), uint16(len(all)) //nolint:gosec // some members
	b = le32(b, endSignature)
	b = le16(b, 0, 0, many, many)
	b = le32(b, size, uint32(offset)) //nolint:gosec // looked at above
	return le16(b, 0), nil
}

func le16(b []byte, all ...uint16) []byte {
	for _, n := range all {
		b = binary.LittleEndian.AppendUint16(b, n)
	}
	return b
}

func le32(b []byte, all ...uint32) []byte {
	for _, n := range all {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}
