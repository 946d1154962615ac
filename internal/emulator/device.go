package emulator

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"
)

const (
	deviceLife     = 15 * time.Minute // of a device code and its user code
	deviceInterval = 5                // seconds between polls, which clients are asked to keep
	mostDevices    = 10_000           // waiting at once; the oldest give way
)

// What has become of a device's request.
type deviceState int

const (
	deviceWaiting deviceState = iota
	deviceApproved
	deviceDeclined
	deviceRedeemed
)

// device is somebody's request to sign in on another machine.
type device struct {
	userCode string
	segment  string // the tenant as the device named it
	client   string
	scope    string
	until    time.Time

	state deviceState
	who   grant // once approved
}

// deviceTicket is what a device code seals.
type deviceTicket struct {
	UserCode string
	Segment  string
	Client   string
	Until    time.Time
}

// devices are the requests that have not run out. The zero value is ready.
type devices struct {
	mu     sync.Mutex
	order  []string // user codes, oldest first
	byCode map[string]*device
}

// add remembers a request under a user code that draw makes.
func (d *devices) add(fresh device, now time.Time, draw func() string) device {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	if d.byCode == nil {
		d.byCode = map[string]*device{}
	}
	for fresh.userCode == "" || d.byCode[fresh.userCode] != nil {
		fresh.userCode = draw()
	}
	d.byCode[fresh.userCode] = &fresh
	d.order = append(d.order, fresh.userCode)
	return fresh
}

// sweep drops what has run out, and the oldest when there are too many.
func (d *devices) sweep(now time.Time) {
	drop := 0
	for drop < len(d.order) && (now.After(d.byCode[d.order[drop]].until) || len(d.order)-drop >= mostDevices) {
		delete(d.byCode, d.order[drop])
		drop++
	}
	d.order = d.order[drop:]
}

// find is a copy of the request under a user code.
func (d *devices) find(userCode string) (device, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.byCode[userCode]
	if !ok {
		return device{}, false
	}
	return *found, true
}

// settle moves a request from one state to the next, and reports whether it was
// in the first.
func (d *devices) settle(userCode string, from, to deviceState, who grant) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.byCode[userCode]
	if !ok || found.state != from {
		return false
	}
	found.state = to
	if to == deviceApproved {
		found.who = who
	}
	return true
}

func (d *devices) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.order, d.byCode = nil, nil
}

// userCodeLetters are those nobody mistakes for another.
const userCodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// userCode is nine letters and digits, as Entra's are, made of a random text.
func userCode(random string) string {
	sum := sha256.Sum256([]byte(random))
	code := make([]byte, 9)
	for i := range code {
		code[i] = userCodeLetters[int(sum[i])%len(userCodeLetters)]
	}
	return string(code)
}

// readUserCode is a user code as typed: in any case, with spaces and dashes.
func readUserCode(typed string) string {
	return strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(strings.ToUpper(typed))
}
