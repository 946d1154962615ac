package localca

// OpenAt is Open at another time.
var OpenAt = open

// Files of a directory.
const (
	CertFile = certFile
	KeyFile  = keyFile
)
