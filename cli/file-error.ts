const words: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EBUSY: 'a file in use',
  EEXIST: 'a file that is there already',
  EINVAL: 'a file that cannot be read so',
  EIO: 'a file whose content cannot be read',
  EISDIR: 'a folder',
  ELOOP: 'a circle of links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'a name that is too long',
  ENODEV: 'a device that is not there',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left',
  ENOTDIR: 'a file where a folder has to be',
  ENXIO: 'a device that is not there',
  EPERM: 'no permission',
  EROFS: 'a file system that is read-only',
};

/** What the operating system found in the place of a usable file: `no such file or folder, ENOENT`. */
export function causeText(error: unknown): string {
  const { code = 'an unknown error' } = error as NodeJS.ErrnoException;
  return words[code] === undefined ? code : `${words[code]}, ${code}`;
}
