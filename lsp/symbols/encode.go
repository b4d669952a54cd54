package symbols

// encodingVersion is the first byte of an encoded summary.
const encodingVersion = 1
