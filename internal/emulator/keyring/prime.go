package keyring

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"math/big"
	"sync"
)

// keyBits is the size of Entra's signing keys.
const keyBits = 2048

// private is the RSA key of a lane. Since Go 1.26 rsa.GenerateKey ignores the
// reader it is given, so a key that must follow from a text is put together
// here: the method is right for an emulator and for nothing else.
func (s *Source) private() (*rsa.PrivateKey, error) {
	if s.pool.entropy == "" {
		key, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			return nil, fmt.Errorf("make signing key: %w", err)
		}
		return key, nil
	}
	return derived.key(s.pool.entropy, s.lane)
}

// derived remembers derived keys: a process that makes emulators by the dozen
// from the same text, as tests do, then pays for the primes once.
var derived memory

const remembered = 64

type memory struct {
	mu   sync.Mutex
	keys map[[2]string]func() (*rsa.PrivateKey, error)
}

func (m *memory) key(entropy, lane string) (*rsa.PrivateKey, error) {
	m.mu.Lock()
	name := [2]string{entropy, lane}
	find, ok := m.keys[name]
	if !ok {
		find = sync.OnceValues(func() (*rsa.PrivateKey, error) { return deriveKey(stream(entropy, lane)) })
		if m.keys == nil || len(m.keys) >= remembered {
			m.keys = map[[2]string]func() (*rsa.PrivateKey, error){}
		}
		m.keys[name] = find
	}
	m.mu.Unlock()
	return find()
}

// deriveKey makes an RSA key of two primes from a stream.
func deriveKey(from io.Reader) (*rsa.PrivateKey, error) {
	const exponent = 65537
	e, one := big.NewInt(exponent), big.NewInt(1)
	for {
		p, q := prime(from), prime(from)
		minus := func(n *big.Int) *big.Int { return new(big.Int).Sub(n, one) }
		d := new(big.Int).ModInverse(e, new(big.Int).Mul(minus(p), minus(q)))
		if d == nil || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		if err := key.Validate(); err != nil {
			return nil, fmt.Errorf("derive signing key: %w", err)
		}
		return key, nil
	}
}

// prime is the first prime after a random number of half a key's size. The two
// highest bits are set, so that a product of two has all bits of a key.
func prime(from io.Reader) *big.Int {
	b := make([]byte, keyBits/2/8)
	_, _ = io.ReadFull(from, b) // streams do not end
	b[0] |= 0xc0
	b[len(b)-1] |= 1
	n, two := new(big.Int).SetBytes(b), big.NewInt(2)
	for !n.ProbablyPrime(0) { // Baillie-PSW: no composite that passes is known
		n.Add(n, two)
	}
	return n
}
