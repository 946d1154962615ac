package authserver

// RefreshToken is how refresh tokens are made.
var RefreshToken = refreshToken
