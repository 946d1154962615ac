package localca

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	certBlock = "CERTIFICATE"
	keyBlock  = "PRIVATE KEY" // PKCS #8
)

// load reads both files. It fails with os.ErrNotExist when neither is there.
func load(file string) (*CA, error) {
	beside := filepath.Join(filepath.Dir(file), keyFile)
	certDER, certErr := readBlock(file, certBlock)
	keyDER, keyErr := readBlock(beside, keyBlock)
	if errors.Is(certErr, os.ErrNotExist) != errors.Is(keyErr, os.ErrNotExist) {
		return nil, fmt.Errorf("%s and %s belong together and one is missing; remove the other", file, beside)
	}
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, err
	}
	certificate, certErr := x509.ParseCertificate(certDER)
	parsed, keyErr := x509.ParsePKCS8PrivateKey(keyDER)
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, fmt.Errorf("read %s and %s: %w", file, beside, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certificate.PublicKey) || certificate.Subject.CommonName != commonName {
		return nil, fmt.Errorf("%s and %s are not this program's; remove them or choose another directory", file, beside)
	}
	return &CA{certificate: certificate, key: key, file: file}, os.Chmod(beside, 0o600)
}

func readBlock(path, kind string) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the directory is the developer's own
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s holds no %s; remove it or choose another directory", path, kind)
	}
	return block.Bytes, nil
}

// keep writes both files, the key before what it vouches for.
func (c *CA) keep() error {
	der, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(filepath.Dir(c.file), keyFile), &pem.Block{Type: keyBlock, Bytes: der}, 0o600); err != nil {
		return err
	}
	return replace(c.file, &pem.Block{Type: certBlock, Bytes: c.certificate.Raw}, 0o644)
}

// replace writes a file in one step, so that nobody reads half of it.
func replace(path string, block *pem.Block, mode os.FileMode) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	err = errors.Join(pem.Encode(temporary, block), temporary.Chmod(mode), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
