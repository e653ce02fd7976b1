import { tellGuideOfThree } from './support/guide-of-three.ts'

await tellGuideOfThree('postgresql')
