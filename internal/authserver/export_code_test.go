package authserver

// TakeCode is what the token endpoint does with a code.
var TakeCode = (*Server).takeCode
