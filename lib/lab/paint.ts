export * from '../base/paint.ts';
