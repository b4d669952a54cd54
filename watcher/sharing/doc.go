// Package sharing opens files and directories for reading without keeping others
// from them.
//
// On Windows a file that is open can be renamed and deleted only if whoever opened it
// shares that right. os.Open does not: an editor that saves a file fails because
// somebody is reading it. On other systems sharing opens as os.Open does.
package sharing
