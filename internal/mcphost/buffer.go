package mcphost

import "sync"

// buffers hold request and reply bodies and are used again.
var buffers bufferPool

type bufferPool struct {
	pool  sync.Pool
	spoil func(used []byte) // what a test does to each that is given back; nil elsewhere
}

const (
	newBuffer  = 4 << 10
	keptBuffer = 64 << 10 // the largest worth keeping
)

func (p *bufferPool) get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, newBuffer)
	return &b
}

func (p *bufferPool) put(b *[]byte) {
	if p.spoil != nil {
		p.spoil((*b)[:cap(*b)])
	}
	if cap(*b) <= keptBuffer {
		p.pool.Put(b)
	}
}
