import './revision-file.test.ts';
